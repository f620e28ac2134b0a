/** What floats: a dialog in the middle, a sheet at the side. Both keep the focus and give it back. */
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { say } from '../words/text.ts';
import { Button } from './button.tsx';

interface DialogProps {
  readonly title: ReactNode;
  readonly children: ReactNode;
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly as?: 'dialog' | 'sheet';
}

export function Dialog({ title, children, isOpen, close, as = 'dialog' }: DialogProps) {
  return (
    <ModalOverlay
      className={`veil veil-${as}`}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(next) => {
        if (!next) close();
      }}
    >
      <Modal className={as}>
        <AriaDialog className="dialog-body">
          <div className="dialog-head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <Button icon={X} look="quiet" label={say('act.close')} onPress={close} />
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
