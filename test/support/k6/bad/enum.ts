/** More than a type: it would have to be compiled. */
enum Profile {
  Smoke,
}

export default function () {
  return Profile.Smoke;
}
