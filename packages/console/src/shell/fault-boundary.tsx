/** Catches what a page throws while it is drawn, so that the frame stays. */
import { Button } from '@fluentui/react-components';
import { Component, type ReactNode } from 'react';
import { useText } from '../i18n/text.tsx';
import { EmptyState } from './empty-state.tsx';

/** Shows a note where its content has failed; another `place` begins anew. */
export class FaultBoundary extends Component<
  { readonly place: string; readonly children: ReactNode },
  { readonly failedAt: string | undefined }
> {
  override state: { readonly failedAt: string | undefined } = { failedAt: undefined };

  override componentDidCatch(): void {
    this.setState({ failedAt: this.props.place });
  }

  static getDerivedStateFromError(): { readonly failedAt: string } {
    return { failedAt: '' };
  }

  override componentDidUpdate(previous: { readonly place: string }): void {
    if (this.state.failedAt !== undefined && previous.place !== this.props.place)
      this.setState({ failedAt: undefined });
  }

  override render(): ReactNode {
    return this.state.failedAt === undefined ? this.props.children : <Broken />;
  }
}

function Broken() {
  const t = useText().shell;
  return (
    <EmptyState title={t.brokenTitle} action={<Button onClick={() => location.reload()}>{t.reload}</Button>}>
      {t.broken}
    </EmptyState>
  );
}
