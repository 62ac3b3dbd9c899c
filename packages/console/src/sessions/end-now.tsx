/** Ends a session from its record, or from the list. */
import { Button } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { Confirm } from '../shell/confirm-dialog.tsx';
import { useNotices } from '../shell/notices.tsx';
import { endSession, type SessionRecord } from './session-server.ts';

export function EndNow({
  session,
  size = 'medium',
}: {
  readonly session: SessionRecord;
  readonly size?: 'small' | 'medium';
}) {
  const t = useText().sessions;
  const graph = useGraph();
  const queries = useQueryClient();
  const notices = useNotices();
  const [isOpen, setOpen] = useState(false);
  const confirm = async () => {
    await endSession(graph, session);
    notices.done(t.ended);
    await queries.invalidateQueries({ queryKey: ['sessions'] });
    await queries.invalidateQueries({ queryKey: ['session', session.id] });
  };
  return (
    <>
      <Button size={size} onClick={() => setOpen(true)}>
        {t.endNow}
      </Button>
      <Confirm
        title={t.endNowTitle}
        action={t.endNow}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onConfirm={confirm}
      >
        {t.endNowText(session.deviceName)}
      </Confirm>
    </>
  );
}
