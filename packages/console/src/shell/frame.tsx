/** The frame: bar, navigation, and the page in the middle. */
import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { NavigationRegular } from '@fluentui/react-icons';
import { type ReactNode, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Navigation } from './navigation.tsx';
import { PersonMenu } from './person-menu.tsx';

const useStyles = makeStyles({
  frame: {
    display: 'grid',
    gridTemplateRows: 'auto minmax(0, 1fr)',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    height: '100vh',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  skip: {
    position: 'absolute',
    insetInlineStart: tokens.spacingHorizontalM,
    top: '-100px',
    zIndex: 2,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    ':focus': { top: tokens.spacingVerticalXS },
  },
  bar: {
    // Its menu opens over the page.
    position: 'relative',
    zIndex: 1,
    gridColumn: '1 / -1',
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    minHeight: '48px',
    paddingInline: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `${tokens.strokeWidthThin} solid ${tokens.colorNeutralStroke2}`,
  },
  menu: { '@media (min-width: 900px)': { display: 'none' } },
  product: {
    flexGrow: 1,
    overflow: 'hidden',
    whiteSpace: 'nowrap',
    textOverflow: 'ellipsis',
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
  },
  main: { gridColumn: '2', overflow: 'auto', outlineStyle: 'none' },
});

/** The frame around a page. */
export function Frame({ children }: { readonly children: ReactNode }) {
  const styles = useStyles();
  const t = useText();
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        {t.shell.skip}
      </a>
      <header className={styles.bar}>
        <span className={styles.menu}>
          <Button
            appearance="subtle"
            icon={<NavigationRegular />}
            aria-label={t.shell.openNavigation}
            aria-expanded={isOpen}
            onClick={() => setOpen(true)}
          />
        </span>
        <span className={styles.product}>{t.common.product}</span>
        <PersonMenu />
      </header>
      <Navigation isOpen={isOpen} onClose={() => setOpen(false)} />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
