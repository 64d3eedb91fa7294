import { ALL, Choice } from '@qingpu/mfe-kit/react/filters.tsx';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { useChoices } from '../data/use-choices.ts';

interface Place {
  readonly institution: string;
  readonly department: string;
  readonly doctor: string;
}

interface PlaceFiltersProps extends Place {
  readonly onChange: (changed: Partial<Place>) => void;
}

/** Hospital, department and doctor by their names; departments and doctors are a hospital's own. */
export function PlaceFilters({ institution, department, doctor, onChange }: PlaceFiltersProps) {
  const { directory } = useSlots();
  const own = useOwnInstitution();
  const institutions = useInstitutions(directory);
  const chosen = own ?? institution;
  const departments = useChoices('department', chosen);
  const doctors = useChoices('doctor', chosen);
  return (
    <>
      {own === undefined && (
        <Choice
          label="医院"
          wide
          value={institution}
          options={[ALL, ...institutions]}
          onChange={(wanted) => onChange({ institution: wanted, department: '', doctor: '' })}
        />
      )}
      {chosen !== '' && (
        <>
          <Choice
            label="科室"
            wide
            value={department}
            options={[ALL, ...departments]}
            onChange={(wanted) => onChange({ department: wanted })}
          />
          <Choice
            label="医生"
            wide
            value={doctor}
            options={[ALL, ...doctors]}
            onChange={(wanted) => onChange({ doctor: wanted })}
          />
        </>
      )}
    </>
  );
}
