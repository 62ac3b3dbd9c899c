import { useText } from '../i18n/text.tsx';
import { Page } from '../shell/page.tsx';

export default function AuditPage() {
  return <Page title={useText().audit.title}>{null}</Page>;
}
