/** CPU time of programs that handle each connection in a process of its own. */
import { readFileSync } from 'node:fs';
import { cpuSeconds } from '../pinned.ts';

/** Of a process and those that it began, in seconds (proc_pid_task(5)). */
export function familyCpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + familyCpuSeconds(Number(child)), cpuSeconds(pid));
}
