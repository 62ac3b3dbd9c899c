/** What a failure looks like: what happened, and the way out. */
import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { GraphError } from '../graph/graph-error.ts';
import type { Texts } from '../i18n/en/index.ts';
import { useText } from '../i18n/text.tsx';

/** A failure in words. */
export interface FailureWords {
  readonly title: string;
  readonly text: string;
  /** What the server said, for those who ask further. */
  readonly detail: string | undefined;
}

/** Where a server does not say how long to wait. */
const USUAL_WAIT_S = 10;

/** A failure in the words of the catalogue; what the server says stands beside them. */
export function failureWords(t: Texts, error: unknown): FailureWords {
  const { failures } = t;
  if (!(error instanceof GraphError)) {
    return { title: failures.unexpectedTitle, text: failures.unexpected, detail: undefined };
  }
  const { kind, message, requestId } = error;
  switch (kind) {
    case 'offline':
      return { title: failures.offlineTitle, text: failures.offline, detail: undefined };
    case 'signedOut':
      return { title: t.signIn.expiredTitle, text: t.signIn.expired, detail: undefined };
    case 'forbidden': {
      const needed = permissionsIn(message);
      const detail = needed === '' ? message : undefined;
      return { title: failures.forbiddenTitle, text: failures.forbidden(needed), detail };
    }
    case 'notFound':
      return { title: failures.notFoundTitle, text: failures.notFound, detail: undefined };
    case 'conflict':
      return { title: failures.conflictTitle, text: failures.conflict, detail: message };
    case 'tooMany': {
      const seconds = error.retryAfterSeconds ?? USUAL_WAIT_S;
      return { title: failures.tooManyTitle, text: failures.tooMany(seconds), detail: undefined };
    }
    case 'unavailable':
      return { title: failures.unavailableTitle, text: failures.unavailable, detail: undefined };
    case 'refused':
      return { title: failures.refusedTitle, text: message, detail: undefined };
    case 'unexpected':
      return {
        title: failures.unexpectedTitle,
        text: failures.unexpected,
        detail: requestId === undefined ? undefined : failures.requestId(requestId),
      };
  }
}

/** Names of permissions in a refusal, as the API lists them. */
function permissionsIn(message: string): string {
  return [...new Set(message.match(/\b[A-Z]\w+(?:\.\w+)+\.All\b/g))].join(', ');
}

/** A failure in its place, with a way to try again. */
export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: (() => void) | undefined }) {
  const t = useText();
  const { title, text, detail } = failureWords(t, error);
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle>
        {text}
        {detail === undefined ? null : <div lang="en">{detail}</div>}
      </MessageBarBody>
      {onRetry === undefined ? null : (
        <MessageBarActions>
          <Button onClick={onRetry}>{t.common.retry}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
