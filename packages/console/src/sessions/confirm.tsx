/** Asks once more before something that can't be undone. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { useNotices } from '../shell/notices.tsx';

export function Confirm(props: {
  readonly title: string;
  readonly action: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Closes when it is done; a failure is shown, and leaves the question open. */
  readonly onConfirm: () => Promise<void>;
  readonly children: ReactNode;
}) {
  const { title, action, isOpen, onClose, onConfirm, children } = props;
  const t = useText().common;
  const notices = useNotices();
  const [isBusy, setBusy] = useState(false);
  const confirm = () => {
    setBusy(true);
    onConfirm()
      .then(onClose, notices.failed)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog modalType="alert" open={isOpen} onOpenChange={(_, { open }) => open || onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>{children}</DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{t.cancel}</Button>
            <Button appearance="primary" disabled={isBusy} onClick={confirm}>
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
