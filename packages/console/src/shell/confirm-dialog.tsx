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

interface Question {
  readonly title: string;
  readonly action: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly children: ReactNode;
}

/** A button, given as `trigger`, that asks first. */
export function ConfirmDialog({ trigger, ...question }: Question & { readonly trigger: ReactElement }) {
  const [isOpen, setOpen] = useState(false);
  return <Confirm {...question} {...{ trigger, isOpen }} onOpen={() => setOpen(true)} onClose={() => setOpen(false)} />;
}

/** Closes when it is done. A failure stays in the dialog, with what was asked. */
export function Confirm(
  props: Question & {
    readonly isOpen: boolean;
    readonly onClose: () => void;
    /** A button that opens it. */
    readonly trigger?: ReactElement;
    readonly onOpen?: () => void;
  },
) {
  const { trigger, title, action, isOpen, onOpen, onClose, onConfirm, children } = props;
  const { common } = useText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog modalType="alert" open={isOpen} onOpenChange={(_, { open }) => (open ? onOpen?.() : onClose())}>
      {trigger ? <DialogTrigger disableButtonEnhancement>{trigger}</DialogTrigger> : <span hidden />}
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent>
            {children}
            {error === undefined ? null : <Failure error={error} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>{common.cancel}</Button>
            <Button appearance="primary" disabled={isBusy} onClick={() => void confirm()}>
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
