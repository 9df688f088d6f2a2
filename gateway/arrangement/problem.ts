/** One fault in a configuration file. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what is expected. */
  readonly message: string;
}
export const printProblem = ({ file, line, column, message }: Problem): string => `${file}:${line}:${column}: ${message}`;
