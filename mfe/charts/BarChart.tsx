import { CHART_COLOURS, COLOURS, FONT_STACK } from '@qingpu/mfe-kit/tokens';
import { BarChart as EchartsBars } from 'echarts/charts';
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';

use([EchartsBars, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export interface Bar {
  readonly label: string;
  readonly value: number;
}

interface BarChartProps {
  /** What the chart shows, for screen readers. */
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly unit: string;
  /** Lying bars, for long labels. */
  readonly lying?: boolean;
}

const ROW_HEIGHT = 44;
const HEIGHT = 260;

/** A bar chart with its numbers written on it, so that nothing rests on colour or on hovering. */
export function BarChart({ label, bars, unit, lying = false }: BarChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!place.current) return;
    const chart = init(place.current, null, { renderer: 'svg' });
    chart.setOption(optionOf(bars, unit, lying));
    const watcher = new ResizeObserver(() => chart.resize());
    watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      chart.dispose();
    };
  }, [bars, unit, lying]);
  const height = lying ? bars.length * ROW_HEIGHT + 40 : HEIGHT;
  return <div ref={place} role="img" aria-label={label} style={{ height }} />;
}

function optionOf(bars: readonly Bar[], unit: string, lying: boolean): EChartsCoreOption {
  const categories = {
    type: 'category',
    data: bars.map((bar) => bar.label),
    axisTick: { show: false },
    inverse: lying,
  };
  const values = { type: 'value', minInterval: 1, splitLine: { lineStyle: { color: COLOURS.line } } };
  return {
    animation: false,
    color: [...CHART_COLOURS],
    textStyle: { fontFamily: FONT_STACK, color: COLOURS.ink },
    grid: { left: 8, right: 48, top: 28, bottom: 8, containLabel: true },
    tooltip: { trigger: 'item', renderMode: 'richText', confine: true },
    xAxis: lying ? values : categories,
    yAxis: lying ? categories : values,
    series: [
      {
        type: 'bar',
        data: bars.map((bar) => bar.value),
        barMaxWidth: lying ? 20 : 48,
        label: { show: true, position: lying ? 'right' : 'top', formatter: `{c}${unit}`, color: COLOURS.ink },
      },
    ],
  };
}
