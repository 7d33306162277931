// Tables in files: comma- or tab-separated values (RFC 4180).

/** A table: its first row, and those that follow, up to a limit. */
export interface Table {
  /** The first row. */
  head: string[];
  /** The rows that follow. */
  rows: string[][];
  /** Whether there are more. */
  more: boolean;
}

const MOST_ROWS = 200;
const MOST_COLUMNS = 40;

/** The table in a text, or nothing where it is none: rows of different lengths, or of one column. */
export function readTable(text: string, separator: ',' | '\t', most = MOST_ROWS): Table | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  let more = false;
  const endRow = () => {
    row.push(cell);
    cell = '';
    if (row.length > 1 || row[0] !== '') {
      rows.push(row);
    }
    row = [];
  };
  for (let place = 0; place < text.length; place++) {
    const letter = text[place];
    if (quoted) {
      if (letter !== '"') {
        cell += letter;
      } else if (text[place + 1] === '"') {
        cell += '"';
        place++;
      } else {
        quoted = false;
      }
    } else if (letter === '"' && cell === '') {
      quoted = true;
    } else if (letter === separator) {
      row.push(cell);
      cell = '';
    } else if (letter === '\n') {
      endRow();
      if (rows.length > most) {
        more = place < text.length - 1;
        break;
      }
    } else if (letter !== '\r') {
      cell += letter;
    }
  }
  if (!more && (cell !== '' || row.length > 0)) {
    endRow();
  }
  const [head, ...body] = rows;
  const width = head?.length ?? 0;
  if (!head || width < 2 || width > MOST_COLUMNS || body.some((each) => each.length !== width)) {
    return undefined;
  }
  return { head, rows: body, more };
}
