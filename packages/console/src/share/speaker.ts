/** Whose a line of the chat is, so that nobody speaks under the name of another. */
import type { ChatLine } from './sharer-state.ts';

/** @param own what one's own lines are headed with; a helper may be called that too */
export function speakerOf({ from }: ChatLine, chat: readonly ChatLine[], own: string): string {
  if (!from) return own;
  const { userId, name, mail, organization } = from;
  const isLike = (other: string) => bare(other) === bare(name);
  const isAmbiguous =
    isLike(own) || chat.some(({ from: other }) => other && other.userId !== userId && isLike(other.name));
  return isAmbiguous ? `${name} (${mail ?? organization})` : name;
}

/** What is left of a name when it is read in passing. */
function bare(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLocaleLowerCase();
}
