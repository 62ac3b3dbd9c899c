import { useText } from '../i18n/text.tsx';
import { Page } from '../shell/page.tsx';

export default function SettingsPage() {
  return <Page title={useText().settings.title}>{null}</Page>;
}
