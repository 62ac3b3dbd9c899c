import type { PageProps } from '../routes.tsx';
import { Page } from '../shell/page.tsx';

export default function DevicePage({ parameters }: PageProps) {
  return <Page title={parameters.deviceId ?? ''}>{null}</Page>;
}
