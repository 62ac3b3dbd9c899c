export const enrolment = {
  title: 'Enrolment',
};
