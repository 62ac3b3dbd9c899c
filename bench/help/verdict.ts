/** An aim, and whether this run reached it. */
export function verdict(aim: string, isMet: boolean): string {
  return `${aim}: ${isMet ? 'MET' : 'MISSED'}`;
}
