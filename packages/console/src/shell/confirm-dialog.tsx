/** Asks before what can't be undone. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
} from '@fluentui/react-components';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Failure } from './failure.tsx';

/** A button, given as `trigger`, that asks first. A failure stays in the dialog, with what was asked. */
export function ConfirmDialog(props: {
  readonly trigger: ReactElement;
  readonly title: string;
  readonly action: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly children: ReactNode;
}) {
  const { common } = useText();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      setOpen(false);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog modalType="alert" open={isOpen} onOpenChange={(_, { open }) => setOpen(open)}>
      <DialogTrigger disableButtonEnhancement>{props.trigger}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent>
            {props.children}
            {error === undefined ? null : <Failure error={error} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={() => setOpen(false)}>{common.cancel}</Button>
            <Button appearance="primary" disabled={isBusy} onClick={() => void confirm()}>
              {props.action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
