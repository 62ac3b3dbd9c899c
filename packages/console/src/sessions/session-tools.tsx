/** What the helper does on the screen: the input, or pointing and drawing. */
import { Button, makeStyles, ToggleButton } from '@fluentui/react-components';
import { ColorRegular, CursorRegular, EraserRegular, KeyboardRegular, PenRegular } from '@fluentui/react-icons';
import { useText } from '../i18n/text.tsx';
import { Choice } from './choice.tsx';
import type { HelperState } from './helper-state.ts';
import type { PenColor, PointerTool } from './pointer-layer.tsx';

const useStyles = makeStyles({
  icons: { '@media (max-width: 1280px)': { minWidth: 'auto' } },
  word: { '@media (max-width: 1280px)': { display: 'none' } },
});

const PEN_COLORS = ['red', 'yellow', 'green', 'blue', 'black', 'white'] as const;

/** Pointing and drawing, where that is what can be done. */
export function PointingControls(props: {
  readonly tool: PointerTool | undefined;
  readonly onTool: (tool: PointerTool | undefined) => void;
  readonly color: PenColor;
  readonly onColor: (color: PenColor) => void;
  readonly onClear: () => void;
}) {
  const { tool, onTool, color, onColor, onClear } = props;
  const t = useText().screen;
  const tools = [
    ['pointer', t.pointer, <CursorRegular key="icon" />],
    ['pen', t.pen, <PenRegular key="icon" />],
  ] as const;
  return (
    <>
      {tools.map(([name, label, icon]) => (
        <ToggleButton
          key={name}
          size="small"
          appearance="subtle"
          icon={icon}
          checked={tool === name}
          aria-label={label}
          title={label}
          onClick={() => onTool(tool === name ? undefined : name)}
        />
      ))}
      {tool === 'pen' ? (
        <>
          <Choice
            icon={<ColorRegular />}
            label={t.penColor}
            value={color}
            options={PEN_COLORS.map((each) => [each, t.penColors[each]])}
            onChoice={(value) => onColor(value as PenColor)}
          />
          <Button
            size="small"
            appearance="subtle"
            icon={<EraserRegular />}
            aria-label={t.penClear}
            title={t.penClear}
            onClick={onClear}
          />
        </>
      ) : null}
    </>
  );
}

/** The input: whose it is, and what can be done about it. */
export function InputControls(props: {
  readonly state: HelperState;
  readonly isWanted: boolean;
  readonly onWanted: (isWanted: boolean) => void;
  readonly onInput: (wants: boolean) => void;
}) {
  const { state, isWanted, onWanted, onInput } = props;
  const styles = useStyles();
  const t = useText().screen;
  if (!state.allowance.grants.control) return null;
  if (!state.holdsInput) {
    const text = state.asksForInput ? t.askedInput : state.inputHolder === null ? t.takeInput : t.askInput;
    return (
      <Button size="small" disabled={state.asksForInput} onClick={() => onInput(true)}>
        {text}
      </Button>
    );
  }
  return (
    <>
      <ToggleButton
        size="small"
        appearance="subtle"
        className={styles.icons}
        icon={<KeyboardRegular />}
        checked={isWanted}
        aria-label={t.control}
        title={t.control}
        onClick={() => onWanted(!isWanted)}
      >
        <span className={styles.word}>{t.control}</span>
      </ToggleButton>
      {state.helpers.length > 0 ? (
        <Button size="small" onClick={() => onInput(false)}>
          {t.handOver}
        </Button>
      ) : null}
    </>
  );
}
