/** Saves what the filter lets through as CSV, page by page, so that a large log neither blocks nor fills the memory twice. */
import { Button } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useGraph } from '../graph/graph.tsx';
import { useText } from '../i18n/text.tsx';
import { useNotices } from '../shell/notices.tsx';
import { AUDIT_EVENTS, type AuditEvent, csvHead, csvRow } from './audit-query.ts';

const PAGE_SIZE = 500;
/** Spreadsheets read UTF-8 only where a file begins so. */
const BYTE_ORDER_MARK = '\uFEFF';

/** The button; says how far it has come. */
export function CsvExport({ filter }: { readonly filter: string | undefined }) {
  const t = useText().audit;
  const graph = useGraph();
  const notices = useNotices();
  const [written, setWritten] = useState<number>();
  const save = async () => {
    const parts = [BYTE_ORDER_MARK, csvHead()];
    let count = 0;
    setWritten(0);
    try {
      const query = { filter, orderby: 'activityDateTime desc', top: PAGE_SIZE };
      for await (const events of graph.pages<AuditEvent>(AUDIT_EVENTS, { query })) {
        parts.push(events.map(csvRow).join(''));
        count += events.length;
        setWritten(count);
      }
      download(new Blob(parts, { type: 'text/csv;charset=utf-8' }), 'audit.csv');
      notices.done(t.exported(count));
    } catch (error) {
      notices.failed(error);
    } finally {
      setWritten(undefined);
    }
  };
  return (
    <Button icon={<ArrowDownloadRegular />} disabled={written !== undefined} onClick={() => void save()}>
      {written === undefined ? t.export : t.exporting(written)}
    </Button>
  );
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
