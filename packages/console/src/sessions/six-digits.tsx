/** The digits that both screens show, to be read aloud. */
import { makeStyles, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  digits: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeHero800,
    lineHeight: tokens.lineHeightHero800,
    fontWeight: tokens.fontWeightSemibold,
    letterSpacing: '0.1em',
  },
});

export function SixDigits({ digits }: { readonly digits: string }) {
  return (
    <span className={useStyles().digits} data-testid="digits">
      {digits.slice(0, 3)} {digits.slice(3)}
    </span>
  );
}
