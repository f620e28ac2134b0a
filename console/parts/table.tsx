/** Rows of one kind: numbers at the right, two lines each on narrow screens, only those in sight from a hundred rows on. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export interface Column<T> {
  readonly name: string;
  readonly head: ReactNode;
  readonly cell: (row: T) => ReactNode;
  readonly isNumber?: boolean;
  /** On narrow screens: begins the first line, ends a line, has one of its own, or is left out. */
  readonly narrow?: 'lead' | 'end' | 'second' | 'break' | 'out';
  /** In characters or percent; else as wide as its content. */
  readonly width?: string;
}

interface TableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly idOf: (row: T) => string;
  readonly isChosen?: (row: T) => boolean;
  /** Of all there are, where that is known. */
  readonly count?: number;
}

const virtualFrom = 100;
const rowHeight = 36;

export function Table<T>(props: TableProps<T>) {
  const { label, rows, columns, count } = props;
  return (
    <table className="table" aria-label={label} aria-rowcount={(count ?? rows.length) + 1}>
      <thead>
        <tr>
          {columns.map(({ name, head, isNumber, width }) => (
            <th
              key={name}
              scope="col"
              className={isNumber ? 'number-cell' : undefined}
              style={width === undefined ? undefined : { width }}
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
      {rows.length < virtualFrom ? (
        <tbody>
          {rows.map((row, place) => (
            <Row key={props.idOf(row)} {...props} row={row} place={place} />
          ))}
        </tbody>
      ) : (
        <VirtualRows {...props} />
      )}
    </table>
  );
}

function VirtualRows<T>(props: TableProps<T>) {
  const { rows, columns, idOf } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(body.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (place) => {
      const row = rows[place];
      return row === undefined ? place : idOf(row);
    },
  });
  const shown = virtual.getVirtualItems();
  const before = (shown[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((shown.at(-1)?.end ?? top) - top);
  return (
    <tbody ref={body}>
      <Gap height={before} columns={columns.length} />
      {shown.map(({ index, key }) => {
        const row = rows[index];
        return row === undefined ? null : (
          <Row
            key={String(key)}
            {...props}
            row={row}
            place={index}
            measure={virtual.measureElement}
          />
        );
      })}
      <Gap height={after} columns={columns.length} />
    </tbody>
  );
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return height <= 0 ? null : (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without a control takes no focus
    <tr className="gap" aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

interface RowProps<T> extends TableProps<T> {
  readonly row: T;
  readonly place: number;
  readonly measure?: (element: HTMLElement | null) => void;
}

function Row<T>({ row, place, columns, isChosen, measure }: RowProps<T>) {
  return (
    <tr
      ref={measure}
      data-index={place}
      data-chosen={isChosen?.(row) || undefined}
      aria-rowindex={place + 2}
    >
      {columns.map(({ name, head, cell, isNumber, narrow = 'second' }) => (
        <td
          key={name}
          className={isNumber ? 'number-cell' : undefined}
          data-narrow={narrow}
          data-label={narrow !== 'break' && typeof head === 'string' ? head : undefined}
        >
          {cell(row)}
        </td>
      ))}
    </tr>
  );
}
