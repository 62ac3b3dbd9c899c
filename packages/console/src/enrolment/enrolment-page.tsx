import { useText } from '../i18n/text.tsx';
import { Page } from '../shell/page.tsx';

export default function EnrolmentPage() {
  return <Page title={useText().enrolment.title}>{null}</Page>;
}
