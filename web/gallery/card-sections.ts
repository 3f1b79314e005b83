/** A part of a model's card: its title, its paragraphs and its list. */
export interface CardSection {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly items: readonly string[];
}

/**
 * The parts of a card that have only paragraphs and flat lists, in their order; the first is headed
 * by the card's own title. Tables are left out. The exporter writes cards, and no other Markdown.
 */
export function readCard(markdown: string): CardSection[] {
  return markdown
    .split(/^#{1,2} /m)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [title = '', ...lines] = part.split('\n');
      const texts = lines.map((line) => line.trim()).filter((line) => !/^$|^[|#]/.test(line));
      return {
        title: title.trim(),
        paragraphs: texts.filter((line) => !line.startsWith('- ')).map(plain),
        items: texts.filter((line) => line.startsWith('- ')).map((line) => plain(line.slice(2))),
      };
    });
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}
