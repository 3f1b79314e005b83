import { closestWord } from '../../models/contract/closest-word.ts';

/** Answers whether a face has an attribute (+1) or not (-1). */
export type HasAttribute = (attribute: string) => boolean;

/** A selection of faces by attributes. */
export interface Expression {
  /** As written by the user. */
  readonly text: string;
  /** The parts between top-level commas; the first names the population, the others narrow it. */
  readonly terms: readonly string[];
  matches(has: HasAttribute): boolean;
}

type Predicate = (has: HasAttribute) => boolean;

/**
 * Parses a selection such as `Male,!Eyeglasses` or `Male,(Smiling|!Young)`: `,` is and, `|` is or
 * and binds tighter, `!` is not. An empty text selects every face.
 *
 * @param known the attributes of the data set
 * @throws Error that names the unknown attribute and the known ones, or the place of a syntax error
 */
export function parseExpression(text: string, known: readonly string[]): Expression {
  const tokens = tokenize(text);
  if (tokens.length === 0) return { text, terms: [], matches: () => true };
  const parser = new ExpressionParser(text, tokens, new Set(known));
  const { predicate, terms } = parser.parse();
  return { text, terms, matches: predicate };
}

interface Token {
  readonly text: string;
  readonly position: number;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*([A-Za-z0-9_]+|[,|!()])|\s*(\S)/gy;
  for (const match of text.matchAll(pattern)) {
    if (match[2] !== undefined) {
      throw new Error(
        `cannot read "${text}" at "${match[2]}": an expression holds attribute names, , | ! ( and )`,
      );
    }
    tokens.push({ text: match[1] as string, position: match.index });
  }
  return tokens;
}

class ExpressionParser {
  #next = 0;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #known: ReadonlySet<string>;

  constructor(text: string, tokens: readonly Token[], known: ReadonlySet<string>) {
    this.#text = text;
    this.#tokens = tokens;
    this.#known = known;
  }

  parse(): { predicate: Predicate; terms: string[] } {
    const terms: string[] = [];
    const predicate = this.#and(terms);
    if (this.#next < this.#tokens.length) throw this.#unexpected('"," or "|"');
    return { predicate, terms };
  }

  /** @param terms receives the text of each part */
  #and(terms: string[]): Predicate {
    const parts: Predicate[] = [];
    do {
      const start = this.#next;
      parts.push(this.#or());
      terms.push(
        this.#tokens
          .slice(start, this.#next)
          .map((token) => token.text)
          .join(''),
      );
    } while (this.#accept(','));
    return (has) => parts.every((part) => part(has));
  }

  #or(): Predicate {
    const parts = [this.#not()];
    while (this.#accept('|')) parts.push(this.#not());
    return (has) => parts.some((part) => part(has));
  }

  #not(): Predicate {
    if (this.#accept('!')) {
      const inner = this.#not();
      return (has) => !inner(has);
    }
    if (this.#accept('(')) {
      const inner = this.#and([]);
      if (!this.#accept(')')) throw this.#unexpected('")"');
      return inner;
    }
    return this.#attribute();
  }

  #attribute(): Predicate {
    const token = this.#tokens[this.#next];
    if (token === undefined || !/^\w/.test(token.text)) throw this.#unexpected('an attribute');
    if (!this.#known.has(token.text)) throw this.#unknown(token.text);
    this.#next++;
    return (has) => has(token.text);
  }

  #unknown(attribute: string): Error {
    const known = [...this.#known];
    return new Error(
      `unknown attribute "${attribute}" in "${this.#text}": did you mean ${closestWord(attribute, known)}? ` +
        `The data has ${known.join(', ')}`,
    );
  }

  #accept(text: string): boolean {
    if (this.#tokens[this.#next]?.text !== text) return false;
    this.#next++;
    return true;
  }

  #unexpected(expected: string): Error {
    const token = this.#tokens[this.#next];
    const found = token ? `"${token.text}" at column ${token.position + 1}` : 'its end';
    return new Error(`cannot read "${this.#text}": expected ${expected}, found ${found}`);
  }
}
