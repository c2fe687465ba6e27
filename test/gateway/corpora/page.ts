/** The page about detectors: the table in it is that of the recorded figures. */

const [BEGINS, ENDS] = ['<!-- figures -->', '<!-- /figures -->'];

export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGINS), page.indexOf(ENDS)];
  if (from < 0 || to < from) throw new Error(`the page has no place for the table: ${BEGINS} … ${ENDS}`);
  return `${page.slice(0, from + BEGINS.length)}\n${table}\n${page.slice(to)}`;
}
