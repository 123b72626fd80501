/** What the types of playwright-core name of a browser. Nothing of it is used on this side. */
interface Node {
  readonly nodeType: number;
}
interface HTMLElement extends Node {
  readonly tagName: string;
}
interface SVGElement extends Node {
  readonly tagName: string;
}
// oxlint-disable-next-line no-empty-object-type
interface HTMLElementTagNameMap {}
