/** Asks the sharer to allow more. */
import { Button, Checkbox, makeStyles, Text, tokens } from '@fluentui/react-components';
import { KeyMultipleRegular } from '@fluentui/react-icons';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import { useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Confirm } from '../shell/confirm-dialog.tsx';
import type { HelperEnd } from './helper-end.ts';
import { type HelperState, rightsToAsk } from './helper-state.ts';

const useStyles = makeStyles({
  list: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    paddingTop: tokens.spacingVerticalS,
  },
});

const RIGHTS = ['view', 'control', 'clipboardToHelper', 'clipboardToSharer'] as const;
const NOTHING: SessionGrants = { view: false, control: false, clipboardToHelper: false, clipboardToSharer: false };

/** A button, where there is anything to ask for. */
export function AskForRights({ end, state }: { readonly end: HelperEnd; readonly state: HelperState }) {
  const styles = useStyles();
  const texts = useText();
  const t = texts.screen;
  const [wanted, setWanted] = useState<SessionGrants>();
  const open = rightsToAsk(state);
  if (!RIGHTS.some((right) => open[right])) return null;
  const names = RIGHTS.filter((right) => open[right]);
  return (
    <>
      <Button
        size="small"
        icon={<KeyMultipleRegular />}
        disabled={state.asksForRights}
        title={state.asksForRights ? t.askRightsPending : t.askRights}
        aria-label={t.askRights}
        onClick={() => setWanted(open)}
      />
      <Confirm
        title={t.askRightsTitle}
        action={t.ask}
        isOpen={wanted !== undefined}
        onClose={() => setWanted(undefined)}
        onConfirm={() => end.requestRights(wanted ?? NOTHING)}
      >
        <Text>{t.askRightsText}</Text>
        <div className={styles.list}>
          {names.map((right) => (
            <Checkbox
              key={right}
              label={texts.sessions.grants[right]}
              checked={wanted?.[right] ?? false}
              onChange={(_, { checked }) => setWanted((before) => before && { ...before, [right]: checked === true })}
            />
          ))}
        </div>
      </Confirm>
    </>
  );
}
