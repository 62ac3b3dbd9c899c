/** Short notices at the edge of the screen: what was done, or what failed. */
import { Toast, ToastBody, Toaster, ToastTitle, useId, useToastController } from '@fluentui/react-components';
import { createContext, type ReactNode, useCallback, useContext, useMemo } from 'react';
import { useText } from '../i18n/text.tsx';
import { failureWords } from './failure.tsx';

/** Says something in passing. */
export interface Notices {
  /** Something was done. */
  done(text: string): void;
  /** Something failed; said in the words of the catalogue. */
  failed(error: unknown): void;
}

const NoticesContext = createContext<Notices | undefined>(undefined);

/** Shows notices over everything inside. */
export function NoticesProvider({ children }: { readonly children: ReactNode }) {
  const id = useId('notices');
  const { dispatchToast } = useToastController(id);
  const t = useText();
  const done = useCallback(
    (text: string) => {
      const toast = (
        <Toast>
          <ToastTitle>{text}</ToastTitle>
        </Toast>
      );
      dispatchToast(toast, { intent: 'success', politeness: 'polite' });
    },
    [dispatchToast],
  );
  const failed = useCallback(
    (error: unknown) => {
      const words = failureWords(t, error);
      const toast = (
        <Toast>
          <ToastTitle>{words.title}</ToastTitle>
          <ToastBody {...(words.detail === undefined ? {} : { subtitle: words.detail })}>{words.text}</ToastBody>
        </Toast>
      );
      // Stays until it is read: somebody has to do something about it.
      dispatchToast(toast, { intent: 'error', politeness: 'assertive', timeout: -1 });
    },
    [dispatchToast, t],
  );
  const notices = useMemo(() => ({ done, failed }), [done, failed]);
  return (
    <NoticesContext value={notices}>
      {children}
      <Toaster toasterId={id} position="bottom-end" pauseOnHover pauseOnWindowBlur />
    </NoticesContext>
  );
}

/** Says something in passing. */
export function useNotices(): Notices {
  const notices = useContext(NoticesContext);
  if (!notices) throw new Error('There is no NoticesProvider around this.');
  return notices;
}
