const OPEN_METRICS = 'application/openmetrics-text';

/** Pure: does this `Accept` name OpenMetrics, and text/plain with no higher weight? A range with an asterisk names neither. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  const wanted = weightOf(accept ?? '', OPEN_METRICS);
  return wanted > 0 && wanted >= weightOf(accept ?? '', 'text/plain');
}

/** The highest weight given to a media type, 0 if it is not named. */
function weightOf(accept: string, mediaType: string): number {
  const weights = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type !== mediaType) return 0;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const value = weight === undefined ? 1 : Number(weight.slice(2));
    return value >= 0 && value <= 1 ? value : 0;
  });
  return Math.max(0, ...weights);
}
