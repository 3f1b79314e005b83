/**
 * The one element that a selector names.
 *
 * @throws Error when the page has none of that type: index.html and the code disagree
 */
export function find<T extends Element>(
  root: ParentNode,
  selector: string,
  type: abstract new () => T,
): T {
  const element = root.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`index.html has no ${type.name} at ${selector}`);
}
