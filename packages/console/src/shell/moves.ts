/** Whether the console was moved to another page since it was loaded: the first page does not take the focus. */
let isMoved = false;

/** Notes a step from page to page. */
export function noteMove(): void {
  isMoved = true;
}

/** Whether there was one. */
export function wasMoved(): boolean {
  return isMoved;
}
