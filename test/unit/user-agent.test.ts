import { describeUserAgent } from '../../src/domain/device/user-agent.js';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

describe('user agent of a browser', () => {
  it.each([
    [
      'Firefox on macOS',
      'firefox',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0',
    ],
    ['Firefox on Linux', 'firefox', 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'],
    ['Chrome on Windows', 'chrome', `${WINDOWS} Chrome/140.0.0.0 Safari/537.36`],
    ['Chrome on Linux', 'chrome', `${LINUX} HeadlessChrome/140.0.0.0 Safari/537.36`],
    ['Chrome on Android', 'chrome', `${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36`],
    ['Chrome on iOS', 'chrome', `${IPHONE} CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1`],
    ['Chrome on Chrome OS', 'chrome', `${LINUX.replace('Linux', 'CrOS')} Chrome/139.0.0.0 Safari/537.36`],
    ['Edge on Windows', 'edge', `${WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`],
    ['Edge on iOS', 'edge', `${IPHONE} Version/18.0 EdgiOS/139.0.3405.86 Mobile/15E148 Safari/605.1.15`],
    ['Opera on Windows', 'opera', `${WINDOWS} Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0`],
    ['Vivaldi on Windows', 'vivaldi', `${WINDOWS} Chrome/128.0.0.0 Safari/537.36 Vivaldi/6.9`],
    ['Safari on macOS', 'safari', `${MAC} Version/18.6 Safari/605.1.15`],
    ['Safari on iOS', 'safari', `${IPHONE} Version/18.6 Mobile/15E148 Safari/604.1`],
    ['Firefox on iOS', 'firefox', `${IPHONE} FxiOS/143.0 Mobile/15E148 Safari/605.1.15`],
    [
      'Samsung Internet on Android',
      'samsung-internet',
      `${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
    ],
    [
      'Android WebView on Android',
      'android-webview',
      `${ANDROID.replace('K)', 'K; wv)')} Version/4.0 Chrome/127.0.6533.103 Mobile Safari/537.36`,
    ],
    [
      'Internet Explorer on Windows',
      'internet-explorer',
      'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
    ],
  ])('is %s', (name, family, userAgent) => {
    const [browser, os] = name.split(' on ');
    expect(describeUserAgent(userAgent)).toEqual({ family, browser, os, name });
  });
});

describe('user agent of another program', () => {
  it.each([
    ['curl', 'curl', null, 'curl/8.5.0'],
    ['node', 'node', null, 'node'],
    ['undici', 'undici', null, 'undici'],
    ['k6', 'k6', null, 'k6/1.2.1 (https://k6.io/)'],
    ['okhttp', 'okhttp', null, 'okhttp/4.12.0'],
    ['PostmanRuntime', 'postmanruntime', null, 'PostmanRuntime/7.45.0'],
    ['python-requests', 'python-requests', null, 'python-requests/2.32.3'],
    ['com.example.app-apollo-ios', 'com.example.app-apollo-ios', null, 'com.example.app-apollo-ios/1.2.3'],
    ['MyApp', 'myapp', null, 'MyApp/42 CFNetwork/1568.300.101 Darwin/24.2.0'],
    ['MyApp', 'myapp', null, 'MyApp-1.2.3 (build 42)'],
    ['Dalvik on Android', 'dalvik', 'Android', 'Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)'],
    ['Googlebot', 'googlebot', null, 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
    [
      'bingbot',
      'bingbot',
      null,
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36',
    ],
    ['AhrefsBot', 'ahrefsbot', null, 'Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)'],
  ])('is %s', (name, family, os, userAgent) => {
    expect(describeUserAgent(userAgent)).toEqual({ family, browser: null, os, name });
  });
});

describe('user agent', () => {
  it.each([
    ['absent', null],
    ['empty', ''],
    ['blank', '   '],
    ['of control characters', '\u0000\u0007\u200b'],
    ['a comment without a product', '(none of your business)'],
    ['a browser in name only', 'Mozilla/5.0'],
  ])('is an unknown device when it is %s', (_, userAgent) => {
    expect(describeUserAgent(userAgent)).toEqual({
      family: 'unknown',
      browser: null,
      os: null,
      name: 'Unknown device',
    });
  });

  it('is known by its system alone when its browser is not', () => {
    expect(describeUserAgent('Mozilla/5.0 (X11; Linux x86_64) Novel/1.0')).toEqual({
      family: 'unknown',
      browser: null,
      os: 'Linux',
      name: 'Linux',
    });
  });

  it.each([
    [`${WINDOWS} Chrome/140.0.0.0 Safari/537.36`, `${WINDOWS} Chrome/141.0.1.2 Safari/537.36`],
    [`${IPHONE} Version/18.6 Mobile/15E148 Safari/604.1`, `${IPHONE} Version/26.0 Mobile/15E148 Safari/604.1`],
    ['curl/8.5.0', 'curl/8.6.0-DEV'],
    ['MyApp-1.2.3', 'MyApp-1.10.0'],
  ])('keeps its description when the program is updated: %s', (before, after) => {
    expect(describeUserAgent(after)).toEqual(describeUserAgent(before));
  });

  it('lets nothing but plain words into a name, however hostile the header', () => {
    const hostile = [
      'Mozilla/5.0 (compatible; <script>/1.0; alert) like Gecko',
      'a'.repeat(10_000),
      `Mozilla/5.0 ${'('.repeat(10_000)}`,
      'Mozilla/5.0 (X11; Linux) <b>Evil</b>/1.0',
      'cu\u0000rl\u202e/8.5.0',
    ];
    for (const userAgent of hostile) {
      expect(describeUserAgent(userAgent).name).toMatch(/^[\w.+ -]{1,80}$/);
    }
  });
});
