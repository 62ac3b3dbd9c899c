import { useText } from '../i18n/text.tsx';
import { Page } from '../shell/page.tsx';

export default function DevicesPage() {
  return <Page title={useText().devices.title}>{null}</Page>;
}
