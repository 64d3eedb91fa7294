const SVG = 'http://www.w3.org/2000/svg';

/** Strokes on a 24-px grid. Menus name no icons, so the last part of a path picks one. */
const STROKES: Readonly<Record<string, string>> = {
  portal: 'M3 11.5 12 4l9 7.5M5.5 10v9.5h13V10M10 19.5v-5h4v5',
  institutions: 'M4 20V6h10v14M14 10h6v10M2.5 20h19M9 9v5M6.5 11.5h5M17 14v0M17 17v0',
  experts: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 21c.6-4.4 3.6-7 7.500-7s6.900 2.600 7.500 7',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM15.500 15.500 20.500 20.500',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0ZM6 18.500c1-2.500 3.300-4 6-4s5 1.500 6 4',
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
