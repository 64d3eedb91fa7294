const SVG = 'http://www.w3.org/2000/svg';

/** Strokes on a 24-px grid. Menus name no icons, so the last part of a path picks one. */
const STROKES: Readonly<Record<string, string>> = {
  portal: 'M3 11.5 12 4l9 7.5M5.5 10v9.5h13V10M10 19.5v-5h4v5',
  institutions: 'M4 20V6h10v14M14 10h6v10M2.5 20h19M9 9v5M6.5 11.5h5M17 14v0M17 17v0',
  experts: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 21c.6-4.4 3.6-7 7.500-7s6.900 2.600 7.500 7',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM15.500 15.500 20.500 20.500',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0ZM6 18.500c1-2.500 3.300-4 6-4s5 1.500 6 4',
  booking: 'M4 6h16v14H4zM4 10h16M8 3.500v4M16 3.500v4M12 12.500v5M9.500 15h5',
  appointments: 'M4 6h16v14H4zM4 10h16M8 3.500v4M16 3.500v4M8.500 15l2.500 2.500 4.500-4.500',
  persons:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM2.500 20c.5-4 3-6.500 6.500-6.500s6 2.500 6.500 6.500M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14c2 .7 3.200 3 3.500 6',
  today: 'M4 20h16M6 20v-6h3v6M11 20V8h3v12M16 20v-9h3v9',
  schedules: 'M4 6h16v14H4zM4 10h16M4 15h16M9.500 10v10M15 10v10M8 3.500v4M16 3.500v4',
  payments: 'M3.500 6h17v12h-17zM3.500 10h17M7 14.500h4',
  statements: 'M6 3.500h12v17H6zM9 8h6M9 12h2.500M9 16h2.500M13.500 14.500l1.500 1.500 2.500-3',
  blocks: 'M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0ZM5.700 5.700l12.600 12.600',
  differences: 'M7 4v13M7 17l-3-3M7 17l3-3M17 20V7M17 7l-3 3M17 7l3 3',
  contracts: 'M9 4v5M15 4v5M6 9h12v3a6 6 0 0 1-12 0zM12 18v3',
  platforms: 'M3.500 5h17v11h-17zM9 20h6M12 16v4',
  announcements: 'M4 10v4h4l8 5V5l-8 5zM19 9.500c1 1.500 1 3.500 0 5',
  trace: 'M5 6h6M5 12h4M5 18h6M15.500 17a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM18.800 16l2.700 2.700',
  'closed-loop': 'M5 12a7 7 0 0 1 12-5l2 2M19 5v4h-4M19 12a7 7 0 0 1-12 5l-2-2M5 19v-4h4',
  directory: 'M4 5h6v6H4zM14 5h6v6h-6zM4 15h6v4H4zM14 15h6v4h-6z',
  'booking-rules': 'M6 3.500h12v17H6zM9 8h6M9 12h6M9 16h4',
  analysis: 'M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6',
};
const OTHER = 'M5 5h14v14H5z';

/** The icon of a menu path; decoration only, hidden from screen readers. */
export function menuIcon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'qs-icon');
  svg.setAttribute('aria-hidden', 'true');
  const stroke = document.createElementNS(SVG, 'path');
  stroke.setAttribute('d', STROKES[path.split('/').at(-1) ?? ''] ?? OTHER);
  svg.append(stroke);
  return svg;
}
