// What was tried and how it went: each cell of a table is one client or behaviour in one setting.
export class Report {
  #cells = [];

  // Runs f as the cell of that row and column; a failure is recorded and printed, and does not stop the rest.
  async cell(table, row, column, f) {
    const began = performance.now();
    const cell = { table, row, column };
    this.#cells.push(cell);
    try {
      await f();
      cell.ok = true;
    } catch (e) {
      cell.ok = false;
      cell.error = e;
    }
    cell.seconds = (performance.now() - began) / 1000;
    console.log(`${cell.ok ? 'ok  ' : 'FAIL'} ${table} · ${row} · ${column} (${cell.seconds.toFixed(1)} s)${cell.ok ? '' : `\n     ${describe(cell.error).replaceAll('\n', '\n     ')}`}`);
    return cell.ok;
  }

  // The tables with a cell that is not good.
  failed() {
    return [...new Set(this.#cells.filter((c) => !c.ok).map((c) => c.table))];
  }

  // Prints the tables and the count, and tells whether everything that should be there is there and good. What a column is
  // without, because the thing does not exist there, is shown as a dash. A table may ask to be the last one.
  finish(wanted) {
    for (const [table, expected] of Object.entries(wanted).sort(([, a], [, b]) => Number(a.last ?? false) - Number(b.last ?? false))) {
      console.log('');
      for (const line of this.#table(table, expected)) console.log(line);
    }
    const failed = this.#cells.filter((c) => !c.ok);
    if (failed.length) console.log(`\nFailed:\n${failed.filter((c) => c.seconds !== undefined).map((c) => `  ${c.table} · ${c.row} · ${c.column}`).join('\n')}`);
    console.log(`\n${this.#cells.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 && this.#cells.length > 0;
  }

  // Columns that are called "one, another" have two lines of titles, and stand close together.
  #table(table, { rows, columns, without = () => false }) {
    const heads = columns.map((column) => column.split(', '));
    const two = columns.length > 4 && heads.every((h) => h.length === 2);
    const first = Math.max(...rows.map((r) => r.length), table.length) + 2;
    const width = two ? Math.max(11, ...heads.map(([, way]) => way.length + 2)) : 22;
    const lines = two
      ? [''.padEnd(first) + heads.map(([group], i) => (group === heads[i - 1]?.[0] ? '' : group).padEnd(width)).join(''), table.padEnd(first) + heads.map(([, way]) => way.padEnd(width)).join('')]
      : [table.padEnd(first) + columns.map((c) => c.padEnd(width)).join('')];
    for (const row of rows) lines.push(row.padEnd(first) + columns.map((column) => this.#result(table, row, column, without).padEnd(width)).join(''));
    return lines;
  }

  #result(table, row, column, without) {
    const cell = this.#cells.find((c) => c.table === table && c.row === row && c.column === column);
    if (cell) return `${cell.ok ? 'ok' : 'FAIL'} ${cell.seconds.toFixed(1)} s`;
    if (without(row, column)) return '–';
    this.#cells.push({ table, row, column, ok: false, error: new Error('was not run') });
    return 'MISSING';
  }
}

function describe(e) {
  const cause = e?.cause ? ` (${e.cause.message ?? e.cause})` : '';
  return `${e?.message ?? e}${cause}`;
}

export function equal(got, want, what) {
  const [a, b] = [got, want].map((v) => JSON.stringify(v));
  if (a !== b) throw new Error(`${what}: got ${a}, want ${b}`);
}

export function check(condition, what) {
  if (!condition) throw new Error(what);
}
