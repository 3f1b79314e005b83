const WILDCARD = /[*?[\]{}]/;

/** Whether a text holds a wildcard of `globPattern`. */
export function isGlob(text: string): boolean {
  return WILDCARD.test(text);
}

/** A glob's folder, up to its first wildcard, and the pattern below that. */
export function splitGlob(glob: string): { readonly folder: string; readonly pattern: string } {
  const parts = glob.replaceAll('\\', '/').split('/');
  const first = parts.findIndex((part) => isGlob(part));
  const folder = parts.slice(0, first).join('/');
  return {
    folder: folder === '' ? (glob.startsWith('/') ? '/' : '.') : folder,
    pattern: parts.slice(first).join('/'),
  };
}

/**
 * The regular expression of a glob, for relative paths with `/`: `*` and `?` stay within a folder,
 * `**` crosses folders, `[a-z]` and `[!a-z]` are classes, `{jpg,png}` are choices.
 *
 * @throws Error when a class or a choice does not end
 */
export function globPattern(glob: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length; ) {
    const [token = ''] = /^(\*\*\/|\*\*|\[!?[^\]/]+\]|.)/s.exec(glob.slice(at)) ?? [];
    at += token.length;
    if (token === '{') depth++;
    if (token === '}') depth--;
    if (depth < 0 || token === '[') break;
    source += tokenSource(token, depth);
  }
  if (depth !== 0 || /\[(?![^\]/]+\])/.test(glob)) {
    throw new Error(`the pattern "${glob}" has a bracket or brace without its partner`);
  }
  return new RegExp(`^${source}$`, 's');
}

function tokenSource(token: string, depth: number): string {
  if (token === '**/') return '(?:[^/]+/)*';
  if (token === '**') return '.*';
  if (token === '*') return '[^/]*';
  if (token === '?') return '[^/]';
  if (token === '{') return '(?:';
  if (token === '}') return ')';
  if (token === ',' && depth > 0) return '|';
  if (token.length > 1) {
    const isNegated = token.startsWith('[!');
    const members = token.slice(isNegated ? 2 : 1, -1).replace(/[\\^[]/g, '\\$&');
    return `(?!/)[${isNegated ? '^' : ''}${members}]`;
  }
  return token.replace(/[.+^$()|\\\]]/, '\\$&');
}
