function logged(target: unknown): unknown {
  return target;
}

class Client {
  @logged
  signIn() {}
}

export default function () {
  new Client().signIn();
}
