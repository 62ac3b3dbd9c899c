export const devices = {
  title: 'Devices',
};
