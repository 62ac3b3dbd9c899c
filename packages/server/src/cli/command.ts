/** What a command is: the agent's word, which has commands of its own and knows no service. */
export * from '@open-remote-help/agent/commands/command';
