/**
 * DuckDB's share of a process's memory. Planning and closing ten million members measured up to 0.7 GiB above DuckDB's
 * own limit: Node with its heap, and what DuckDB takes beside it. This leaves as much to the smallest function that has
 * DuckDB, api with 1,769 MiB, and 1.2 GiB to those that plan and close by default.
 */
export const memoryShare = (processMb: number): number => Math.floor(processMb * 0.6);
