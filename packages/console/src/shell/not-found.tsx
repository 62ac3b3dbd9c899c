/** The page for an address that is none. */
import { Text } from '@fluentui/react-components';
import { useText } from '../i18n/text.tsx';
import { LinkButton } from './link.tsx';
import { Page } from './page.tsx';

/** Says so, and leads back. */
export function NotFound() {
  const t = useText().shell;
  return (
    <Page title={t.notFoundTitle}>
      <Text>{t.notFound}</Text>
      <span>
        <LinkButton to="/">{t.toStart}</LinkButton>
      </span>
    </Page>
  );
}
