/** A form in a dialog: saves, stays open with what failed, closes when it is done. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Failure } from '../shell/failure.tsx';

const useStyles = makeStyles({ fields: { display: 'grid', gap: tokens.spacingVerticalM } });

/** @param props.path what is read anew once it is saved; `onSave` undefined shows without saving */
export function FormDialog(props: {
  readonly trigger: ReactElement;
  readonly title: string;
  readonly path: string;
  readonly isComplete: boolean;
  readonly onOpen: () => void;
  readonly onSave?: (() => Promise<unknown>) | undefined;
  readonly children: ReactNode;
}) {
  const styles = useStyles();
  const { common } = useText();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const save = useMutation({
    mutationFn: async () => props.onSave?.(),
    onSuccess: () => {
      setOpen(false);
      return queries.invalidateQueries({ queryKey: [props.path] });
    },
  });
  const change = (open: boolean) => {
    if (open) {
      save.reset();
      props.onOpen();
    }
    setOpen(open);
  };
  return (
    <Dialog open={isOpen} onOpenChange={(_, { open }) => change(open)}>
      <DialogTrigger disableButtonEnhancement>{props.trigger}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent className={styles.fields}>
            {props.children}
            {save.error ? <Failure error={save.error} /> : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={() => setOpen(false)}>{props.onSave ? common.cancel : common.close}</Button>
            {props.onSave ? (
              <Button appearance="primary" disabled={!props.isComplete || save.isPending} onClick={() => save.mutate()}>
                {common.save}
              </Button>
            ) : null}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
