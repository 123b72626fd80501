/** One table of a report. */
export interface ReportSection {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The last column is a number of devices, fit for a chart. */
  readonly isChart: boolean;
  /** What there is to say where the rows do not say it, such as that a field was not chosen. */
  readonly note: string | undefined;
}

export interface Report {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly devices: number;
  /** When the last good run ended, milliseconds since 1970. */
  readonly lastRunAt: number | undefined;
  readonly sections: readonly ReportSection[];
}
