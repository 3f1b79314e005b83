/** An element with what stands in it. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  children: readonly (Node | string)[] = [],
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[K] {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.append(...children);
  return created;
}

/** A table whose first column names its rows. A wide one scrolls, by keyboard too. */
export function table(
  label: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): HTMLElement {
  const headRow = element(
    'tr',
    head.map((text) => element('th', [text], { scope: 'col' })),
  );
  const bodyRows = rows.map(([name = '', ...values]) => {
    const cells = values.map((text) => element('td', [text]));
    return element('tr', [element('th', [name], { scope: 'row' }), ...cells]);
  });
  const parts = [element('thead', [headRow]), element('tbody', bodyRows)];
  const body = element('table', parts, { 'aria-label': label });
  return element('div', [body], {
    class: 'scrolls',
    tabindex: '0',
    role: 'group',
    'aria-label': label,
  });
}
