/** Expressions of GitHub workflows, as far as `action.yml` uses them: contexts, strings, `==`, `!=`, `!`, `&&`, `||`, `cancelled()`. */

export type Contexts = Readonly<Record<string, unknown>>;

const TOKEN = /\s*(==|!=|&&|\|\||!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)/y;

/** What `${{ }}` in a text stands for. Throws for what is not in the grammar above. */
export function interpolate(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) =>
    shown(evaluate(expression, contexts)),
  );
}

/** Of a condition, which may stand without `${{ }}`. It means "and all before went well", unless it asks for the status. */
export function holds(condition: string | undefined, contexts: Contexts, failed: boolean): boolean {
  if (condition === undefined) return !failed;
  const bare = condition.replace(/^\s*\$\{\{(.*)\}\}\s*$/, '$1');
  const asks = /\b(always|cancelled|success|failure)\(/.test(bare);
  return (asks || !failed) && Boolean(evaluate(bare, contexts));
}

/** What is not there is an empty string, as in `${{ github.event.pull_request.base.sha }}` of a push. */
const shown = (value: unknown) => (value === null || value === undefined ? '' : String(value));

export function evaluate(expression: string, contexts: Contexts): unknown {
  const tokens = tokensOf(expression);
  let at = 0;

  const or = (): unknown => {
    let left = and();
    while (tokens[at] === '||') {
      at++;
      const right = and();
      left = left || right;
    }
    return left;
  };
  const and = (): unknown => {
    let left = comparison();
    while (tokens[at] === '&&') {
      at++;
      const right = comparison();
      left = left && right;
    }
    return left;
  };
  const comparison = (): unknown => {
    const left = unary();
    const operator = tokens[at];
    if (operator !== '==' && operator !== '!=') return left;
    at++;
    return (shown(left) === shown(unary())) === (operator === '==');
  };
  const unary = (): unknown => {
    const token = tokens[at++];
    if (token === '!') return !unary();
    if (token === '(') {
      const inner = or();
      if (tokens[at++] !== ')') throw new Error(`not closed: ${expression}`);
      return inner;
    }
    if (token === undefined) throw new Error(`ends too early: ${expression}`);
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (tokens[at] !== '(') return lookedUp(token, contexts);
    at += 2;
    if (token !== 'cancelled') throw new Error(`unknown function ${token}`);
    return false;
  };

  const value = or();
  if (at !== tokens.length) throw new Error(`not understood from ${tokens[at]}: ${expression}`);
  return value;
}

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) throw new Error(`not understood: ${expression.slice(from)}`);
    tokens.push(token);
  }
  return tokens;
}

function lookedUp(path: string, contexts: Contexts): unknown {
  const [context = '', ...names] = path.split('.');
  if (!(context in contexts)) throw new Error(`there is no context ${context}`);
  return names.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | null | undefined)?.[name],
    contexts[context],
  );
}
