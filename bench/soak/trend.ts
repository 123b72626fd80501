export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Slope of the straight line that is nearest to the points (least squares); NaN for fewer than two of them. */
export function slopeOf(points: readonly Point[]): number {
  const mean = (value: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length;
  const [middleX, middleY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const covariance = mean(({ x, y }) => (x - middleX) * (y - middleY));
  return covariance / mean(({ x }) => (x - middleX) ** 2);
}
