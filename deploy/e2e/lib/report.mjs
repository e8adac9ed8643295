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
  // without, because the thing does not exist there, is shown as a dash.
  finish(wanted) {
    for (const [table, { rows, columns, without = () => false }] of Object.entries(wanted)) {
      const width = Math.max(...rows.map((r) => r.length), table.length);
      console.log(`\n${table.padEnd(width)}  ${columns.map((c) => c.padEnd(22)).join('')}`);
      for (const row of rows) {
        const line = columns.map((column) => {
          const cell = this.#cells.find((c) => c.table === table && c.row === row && c.column === column);
          if (!cell && without(row, column)) return '–'.padEnd(22);
          if (!cell) this.#cells.push({ table, row, column, ok: false, error: new Error('was not run') });
          return (cell ? `${cell.ok ? 'ok' : 'FAIL'} ${cell.seconds.toFixed(1)} s` : 'MISSING').padEnd(22);
        });
        console.log(`${row.padEnd(width)}  ${line.join('')}`);
      }
    }
    const failed = this.#cells.filter((c) => !c.ok);
    if (failed.length) console.log(`\nFailed:\n${failed.filter((c) => c.seconds !== undefined).map((c) => `  ${c.table} · ${c.row} · ${c.column}`).join('\n')}`);
    console.log(`\n${this.#cells.length - failed.length} passed, ${failed.length} failed`);
    return failed.length === 0 && this.#cells.length > 0;
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
