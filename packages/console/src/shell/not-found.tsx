/** The page for an address that is none. */
import { useText } from '../i18n/text.tsx';
import { EmptyState } from './empty-state.tsx';
import { LinkButton } from './link.tsx';
import { Page } from './page.tsx';

/** Says so, and leads back. */
export function NotFound() {
  const t = useText().shell;
  return (
    <Page title={t.notFoundTitle}>
      <EmptyState title={t.notFoundTitle} action={<LinkButton to="/">{t.toStart}</LinkButton>}>
        {t.notFound}
      </EmptyState>
    </Page>
  );
}
