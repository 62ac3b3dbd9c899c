import { useText } from '../i18n/text.tsx';
import { Page } from '../shell/page.tsx';

export default function RolesPage() {
  return <Page title={useText().roles.title}>{null}</Page>;
}
